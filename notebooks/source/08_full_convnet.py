# %% [markdown]
# # 08 The full ConvNet
