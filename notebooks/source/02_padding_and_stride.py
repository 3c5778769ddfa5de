# %% [markdown]
# # 02 Padding and stride
