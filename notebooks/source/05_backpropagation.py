# %% [markdown]
# # 05 Backpropagation
